/** Where the vendor's documentation lives, so that a rule's source is a page name beside it. */

export const APIGW = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
export const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg';
export const LAMBDA_API = 'https://docs.aws.amazon.com/lambda/latest/api';
export const IAM = 'https://docs.aws.amazon.com/IAM/latest/UserGuide';
export const REPOST = 'https://repost.aws';
export const GITHUB = 'https://github.com';
export const NPM = 'https://www.npmjs.com/package';
export const RFC = 'https://www.rfc-editor.org/rfc';
