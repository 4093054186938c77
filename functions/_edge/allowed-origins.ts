/** The origins whose pages may call the relay, as the deployer listed them. */
import { isOriginAllowed } from '../../shared/auth/origin.ts';
import { env } from '../../shared/config.ts';
import { RelayError } from '../../shared/core/errors.ts';

/** None where the deployer listed none. */
export function allowedOrigins(): readonly string[] {
  return JSON.parse(process.env[env.allowedOrigins] ?? '[]');
}

/** Takes a handshake's `Origin`; throws where its page may not open a stream. */
export function openOriginCheck(): (origin: string | undefined) => void {
  const allowed = allowedOrigins();
  return (origin) => {
    if (isOriginAllowed(allowed, origin)) return;
    throw new RelayError('forbidden', 'Pages of this origin may not open a stream.', [
      { field: 'header Origin', message: 'is not in the list of allowed origins' },
    ]);
  };
}
