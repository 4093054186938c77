/** What the containers of these tests run: `DO` says how it behaves, and each line says what it has come to. */

import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';

const say = (message: string, details: object = {}) =>
  process.stdout.write(`${JSON.stringify({ message, pid: process.pid, ...details })}\n`);
const idle = () => setInterval(() => undefined, 1_000);

async function read(TableName: string): Promise<string> {
  const client = new DynamoDBClient({ maxAttempts: 1 });
  const command = new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } });
  return client.send(command).then(
    () => 'allowed',
    (error: Error) => error.name,
  );
}

const { DO, RELAY_TABLE = '' } = process.env;
if (DO === 'fail') {
  process.stderr.write('bad settings\n');
  process.exitCode = 1;
} else if (DO === 'read') {
  idle();
  say('read', { outcome: await read(RELAY_TABLE) });
} else if (DO === 'read-last') {
  const still = idle();
  process.once('SIGTERM', async () => {
    clearInterval(still);
    say('read', { outcome: await read(RELAY_TABLE) });
  });
  say('up');
} else if (DO === 'stay') {
  idle();
  process.on('SIGTERM', () => say('deaf'));
  say('up', { environment: process.env });
} else {
  say('done');
}
