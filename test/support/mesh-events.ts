/** What mesh workers post about their jobs, one event each. */

export type JobEvent = Readonly<Record<string, unknown>>;

export function logLine(jobId: string, message: string, fields: JobEvent = {}): JobEvent {
  return { event: 'log_line', job_id: jobId, message, timestamp: '2026-11-21T12:00:00Z', ...fields };
}

export function jobProgress(jobId: string, progress: number, fields: JobEvent = {}): JobEvent {
  return {
    event: 'job_progress',
    job_id: jobId,
    progress,
    status: 'processing',
    message: 'meshing',
    ...fields,
  };
}

export function batchStatus(batchId: string, completed: number, fields: JobEvent = {}): JobEvent {
  return {
    event: 'batch_status',
    batch_id: batchId,
    status: 'processing',
    completed_jobs: completed,
    total_jobs: 10,
    ...fields,
  };
}

export function jobEnd(
  jobId: string,
  status: 'completed' | 'failed' = 'completed',
  fields: JobEvent = {},
): JobEvent {
  return {
    job_id: jobId,
    status,
    ...(status === 'completed' ? { result: { success: true } } : { error: 'out of memory' }),
    ...fields,
  };
}
