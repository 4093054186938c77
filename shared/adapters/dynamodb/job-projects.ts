/**
 * The projects of jobs on DynamoDB: an item a job. A running job names its project with every line it logs, so what this
 * environment has written of late is not written again.
 */
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobProjects } from '../../surfaces/mesh-jobs-projects.ts';
import { expiry, keys, type Table } from './table.ts';

/** Written again after this time, so that a job that goes on is not forgotten, and another environment's word is not for ever. */
const WRITTEN_FOR_MS = 3_600_000;
const MOST_WRITTEN = 1_000;

export function makeJobProjects(table: Table): JobProjects {
  const { client, name: TableName } = table;
  const written = new Map<string, { readonly project: string; readonly at: number }>();

  const isNews = (job: string, project: string): boolean => {
    const last = written.get(job);
    return last?.project !== project || table.now() - last.at >= WRITTEN_FOR_MS;
  };
  const remember = (job: string, project: string): void => {
    // Put at the end: what stands first was written longest ago.
    written.delete(job);
    written.set(job, { project, at: table.now() });
    const [oldest] = written.keys();
    if (written.size > MOST_WRITTEN && oldest !== undefined) written.delete(oldest);
  };

  return {
    async of(job) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName, Key: keys.job(job), ConsistentRead: true }),
      );
      if (Item && Number(Item.exp?.N) <= table.now() / 1_000) return undefined;
      return Item?.project?.S;
    },
    async learn(job, project) {
      if (!isNews(job, project)) return;
      await client.send(
        new PutItemCommand({
          TableName,
          Item: { ...keys.job(job), project: { S: project }, exp: expiry.job(table) },
        }),
      );
      remember(job, project);
    },
  };
}
