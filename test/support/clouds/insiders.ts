/**
 * Journeys that are about the twin itself or reach into it throughout. A cloud that cannot `inside` leaves out these
 * files whole.
 */
export const insiders = [
  'test/journeys/calls.test.ts',
  'test/journeys/client-token-keys.test.ts',
  'test/journeys/connections.test.ts',
  'test/journeys/logs.test.ts',
  'test/journeys/mesh-webhook-inside.test.ts',
  'test/journeys/peer-endings.test.ts',
  'test/journeys/peer-faults.test.ts',
  'test/journeys/peer-token-keys.test.ts',
  'test/journeys/sse-limit.test.ts',
  'test/journeys/start.test.ts',
] as const;
