/**
 * A failed invocation, in the words in which Lambda reports one. Whoever invoked decides what becomes of it: API Gateway makes
 * it a 500 or an error frame, an asynchronous invocation is retried.
 */

export interface ErrorReport {
  errorType: string;
  errorMessage: string;
  trace?: string[];
}

export class FunctionError extends Error {
  readonly report: ErrorReport;

  constructor(report: ErrorReport) {
    super(`${report.errorType}: ${report.errorMessage}`);
    this.name = 'FunctionError';
    this.report = report;
  }
}
