/**
 * What a journey may need of its cloud beyond the relay's public face, by name. A cloud lists in `cannot` what it lacks;
 * a journey says what it takes with `needs` (test/support/needs.ts), and only that journey is left out there.
 */
export const capabilities = {
  inside: 'the tests reach into the cloud: they break calls, hold back functions, look into its tables',
  'open-streams': 'streams are open without a bearer',
  'client-bearer': 'streams can be made to take a bearer, and the tests know it',
  settings: 'the tests choose the settings of the stack and the values of its secrets',
  'refusal-status': 'a refused handshake has the status that the function gave',
  subprotocol: 'a handshake echoes the subprotocol that the function chose',
  'closed-sockets':
    'a socket that a function closes while its client is sending, or that breaks a rule of the gateway, is closed',
  'sure-hand-offs': 'what a handshake hands off arrives, and a message leads to an answer',
  'sure-departures': 'that a socket has closed is told to the relay, at once',
  'printed-lines': 'the tests see what the functions print',
  'sure-calls': 'a call of a function takes effect once, and its answer arrives',
  'own-nats': 'the tests start, stop and configure the NATS server',
  'own-rates': 'the tests set the rates, and come from several addresses that are told apart',
  'many-sockets': 'thousands of sockets are open at once',
  'exact-numbers': 'numbers are given out without voids between them',
  'long-invocations': 'an invocation of a thousand calls comes to its end',
  'options-method': 'an OPTIONS request reaches the routes, as long as no CORS is configured',
  streaming: 'a function’s answer reaches its client while it is being written',
} as const;

export type Capability = keyof typeof capabilities;
