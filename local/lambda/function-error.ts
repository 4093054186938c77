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

/** An invocation that Lambda refused before any function ran: as many run as the function may have. */
export class ThrottledError extends Error {
  constructor() {
    super('Rate Exceeded.');
    this.name = 'TooManyRequestsException';
  }
}
