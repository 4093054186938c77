/**
 * Chromium without a window. It is spoken to in its own DevTools protocol over a pipe
 * (https://chromedevtools.github.io/devtools-protocol/): a handful of commands is all that is needed, which is less than a library
 * and its downloads, and a browser whose pipe breaks ends by itself.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { need } from '../support/python.ts';

const ARGUMENTS = [
  '--headless',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  // Nothing is loaded from anywhere but this machine.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // Chromium's sandbox does not run as root.
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

interface Message {
  readonly id?: number;
  readonly sessionId?: string;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

type Answer = Record<string, unknown>;

export class Chromium {
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, { done(answer: Answer): void; fail(error: Error): void }>();
  readonly #pages = new Map<string, BrowserPage>();
  #count = 0;

  static async start(): Promise<Chromium> {
    await need('chromium', 'sudo apt-get install -y chromium');
    return new Chromium(await mkdtemp(join(tmpdir(), 'relay-chromium-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#process = spawn('chromium', [...ARGUMENTS, `--user-data-dir=${folder}`], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    this.#commands = this.#process.stdio[3] as Writable;
    this.#commands.on('error', () => undefined);
    let text = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (part: string) => {
      const messages = (text + part).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#hear(JSON.parse(message));
    });
    this.#process.once('exit', (code) => {
      for (const { fail } of this.#waiting.values()) fail(new Error(`chromium ended with ${code}`));
    });
  }

  /** A page of its own at this address. */
  async open(url: string): Promise<BrowserPage> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new BrowserPage((method, params) => this.send(method, params, String(sessionId)));
    this.#pages.set(String(sessionId), page);
    await page.go(url);
    return page;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode === null) {
      const gone = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await gone;
    }
    // Its children are still putting things away.
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  send(method: string, params: object, sessionId?: string): Promise<Answer> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((done, fail) => {
      this.#waiting.set(id, { done, fail });
      this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    });
  }

  #hear({ id, sessionId = '', method, params = {}, result = {}, error }: Message): void {
    if (id === undefined) {
      this.#pages.get(sessionId)?.hear(method ?? '', params);
      return;
    }
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) asked?.fail(new Error(error.message));
    else asked?.done(result);
  }
}

export class BrowserPage {
  readonly #send: (method: string, params: object) => Promise<Answer>;
  #loaded: () => void = () => undefined;
  /** What the page threw where nobody caught it. */
  readonly errors: string[] = [];
  /** What stands in its console, from the page or from the browser: what was refused, what did not load. */
  readonly console: string[] = [];
  /** Every address that was asked for. */
  readonly requests: string[] = [];

  constructor(send: (method: string, params: object) => Promise<Answer>) {
    this.#send = send;
  }

  /** Resolves when it has loaded, with its scripts. */
  async go(url: string): Promise<void> {
    await this.#send('Runtime.enable', {});
    await this.#send('Page.enable', {});
    await this.#send('Log.enable', {});
    await this.#send('Network.enable', {});
    const loaded = new Promise<void>((resolve) => {
      this.#loaded = resolve;
    });
    const { errorText } = await this.#send('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
  }

  /** The value of an expression in the page; it has to be one that JSON can carry. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  /** As by `prefers-color-scheme`. */
  async colorScheme(value: 'dark' | 'light'): Promise<void> {
    await this.#send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value }] });
  }

  /** A picture of it as PNG. */
  async picture(width: number, height: number): Promise<Buffer> {
    await this.#send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 2,
      mobile: false,
    });
    const { data } = await this.#send('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  hear(method: string, params: Record<string, unknown>): void {
    if (method === 'Page.loadEventFired') this.#loaded();
    if (method === 'Log.entryAdded') this.console.push(JSON.stringify(params.entry));
    if (method === 'Runtime.consoleAPICalled') this.console.push(JSON.stringify(params.args));
    if (method === 'Network.requestWillBeSent') this.requests.push((params.request as { url: string }).url);
    if (method === 'Runtime.exceptionThrown') this.errors.push(JSON.stringify(params.exceptionDetails));
  }
}
