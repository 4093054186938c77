/**
 * Which project a job belongs to, as its events have said. A worker names the project once, and what it posts later without
 * one reaches that project's room all the same.
 */
import { parallel } from '../core/parallel.ts';
import type { JobEvent } from './mesh-jobs.ts';

export interface JobProjects {
  /** The project that this job was last said to belong to; strongly consistent. */
  of(job: string): Promise<string | undefined>;
  /** A repeat changes nothing. */
  learn(job: string, project: string): Promise<void>;
}

/** Jobs of one POST that are asked after, or learned, at one time. */
const WIDTH = 32;

/**
 * For each event of a POST the project that earlier events of its job named, in this POST or before; undefined where it needs
 * none or none is known. What the POST itself says is learned before this returns, hence before anything is published: a
 * publish that crashes is repeated by its sender, and then says the same again.
 */
export async function learnedProjects(
  projects: JobProjects,
  events: readonly JobEvent[],
): Promise<(string | undefined)[]> {
  const { unknown, told } = lookThrough(events);
  const known = new Map<string, string>();
  await parallel([...unknown], WIDTH, async (job) => {
    const project = await projects.of(job);
    if (project !== undefined) known.set(job, project);
  });
  const learned = events.map((event) => {
    const before = needsProject(event) ? known.get(event.job) : undefined;
    if (saysProject(event)) known.set(event.job, event.project);
    return before;
  });
  await parallel([...told], WIDTH, ([job, project]) => projects.learn(job, project));
  return learned;
}

/** The jobs whose project an event needs before one of this POST says it, and what the POST says, the last of each job. */
function lookThrough(events: readonly JobEvent[]): { unknown: Set<string>; told: Map<string, string> } {
  const unknown = new Set<string>();
  const told = new Map<string, string>();
  for (const event of events) {
    if (saysProject(event)) told.set(event.job, event.project);
    else if (needsProject(event) && !told.has(event.job)) unknown.add(event.job);
  }
  return { unknown, told };
}

function saysProject(event: JobEvent): event is JobEvent & { job: string; project: string } {
  return event.job !== undefined && event.project !== undefined;
}

function needsProject(event: JobEvent): event is JobEvent & { job: string } {
  return event.job !== undefined && event.project === undefined && event.takesLearnedProject;
}
