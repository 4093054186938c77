/** A twin for acts: what a relay's functions are made to do, one after another, while their calls are watched. */
import { expect } from 'vitest';
import type { AwsCall } from '../../../local/aws/call.ts';
import { connectionIdOf } from '../../../local/aws/management-api.ts';
import { startTwinCloud, type TwinCloud } from '../cloud.ts';
import type { SocketClient } from '../socket-client.ts';
import { TwinTable } from '../tables.ts';
import { until } from '../until.ts';

/** Ends by itself when what it asks for has happened; fails, at the latest after its patience, when it has not. */
export type Act = (watched: Watched, patienceMs: number) => Promise<void>;

/** A cloud whose calls are recorded, and whose ingest function can be made to die. */
export interface Watched {
  readonly cloud: TwinCloud;
  readonly table: TwinTable;
  readonly calls: AwsCall[];
  /** Connections whose `$disconnect` has run, well or badly. */
  readonly left: string[];
  /** The next run of this function dies after so many of its calls to the table. */
  dieAfter(functionName: string, calls: number): void;
  /** What happens just before a function's next call of this operation. */
  before(functionName: string, operation: string, what: () => Promise<void>): void;
  /** Whether what `$connect` hands off gets lost on its way. */
  losesHandOffs: boolean;
  /** Just before this function posts to a connection, that one vanishes. */
  vanishesBefore: string | undefined;
  close(): Promise<void>;
}

export async function startWatched(folder: string): Promise<Watched> {
  const calls: AwsCall[] = [];
  const left: string[] = [];
  let dying: { functionName: string; callsLeft: number } | undefined;
  let interruption: { functionName: string; operation: string; what: () => Promise<void> } | undefined;
  const trouble: Pick<Watched, 'losesHandOffs' | 'vanishesBefore'> = {
    losesHandOffs: false,
    vanishesBefore: undefined,
  };
  const cloud = await startTwinCloud({
    assembly: folder,
    async onAwsCall(call, proceed) {
      calls.push(call);
      if (call.operation === 'PostToConnection' && call.functionName === trouble.vanishesBefore)
        cloud.twin.vanish(connectionIdOf(call.path));
      const now = interruption;
      if (now?.functionName === call.functionName && now.operation === call.operation) {
        interruption = undefined;
        await now.what();
      }
      const answer = await proceed();
      if (dying?.functionName === call.functionName && call.service === 'dynamodb') {
        dying.callsLeft -= 1;
        if (dying.callsLeft === 0) {
          dying = undefined;
          call.kill();
        }
      }
      return answer;
    },
    async onInvoke({ functionName, event }, proceed) {
      if (trouble.losesHandOffs && functionName === 'EventsStartFunction') return null;
      return proceed().finally(() => {
        if (functionName.startsWith('EventsDisconnect')) left.push(Object(event).requestContext.connectionId);
      });
    },
  });
  const table = new TwinTable(cloud.twin);
  const close = async () => {
    table.close();
    await cloud.close();
  };
  const dieAfter = (functionName: string, callsLeft: number) => {
    dying = { functionName, callsLeft };
  };
  const before = (functionName: string, operation: string, what: () => Promise<void>) => {
    interruption = { functionName, operation, what };
  };
  return Object.assign(trouble, { cloud, table, calls, left, dieAfter, before, close });
}

export function connectionOf(cloud: TwinCloud, tenant: string): string {
  const [id = '', ...others] = cloud.twin
    .connections()
    .flatMap(({ id, query }) => (query.tenant === tenant ? [id] : []));
  expect(others).toEqual([]);
  return id;
}

/** A socket that stays open fails an act like anything else that does not come. */
export async function untilClosed(client: SocketClient, patienceMs: number): Promise<void> {
  let isClosed = false;
  void client.closed().then(() => {
    isClosed = true;
  });
  await until('the socket is closed', () => (isClosed ? true : undefined), patienceMs);
}
