/**
 * The contracts' secrets, one each, generated at the first deployment, and the credentials for NATS, which begin as none: no value
 * passes through the template. The tag `relay:variable` says which variable of the contract a secret stands for, since its name is
 * CloudFormation's.
 *
 * Platform rule: with the AWS-managed key, reading a secret takes `GetSecretValue` alone.
 */
import { SecretValue, Tags, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { SecretVariable } from '../../shared/config.ts';
import type { Settings } from '../settings.ts';

const descriptions: Readonly<Record<SecretVariable, string>> = {
  RELAY_WEBHOOK_TOKEN: 'Bearer token that senders of webhooks must present.',
  ACCEPT_CLIENT_BEARER: 'Bearer token that clients must present to open a stream.',
  MODAL_WEBHOOK_SECRET: 'Key (HMAC-SHA256) of the signatures of webhooks about mesh jobs.',
  SECRET_KEY: 'Key (HS256) of the tokens that the signaling server gives to peers.',
  CLIENT_JWT_SECRET: 'Key (HS256) of the client tokens that open the channels they name.',
  ARENA_TOKEN: 'Bearer token of those who start sessions of the arena and feed them.',
  NATS_CREDENTIALS:
    'What the relay shows to the NATS servers: the text of a .creds file, or JSON; {} is nothing.',
};

export class RelaySecrets extends Construct {
  readonly #secrets = new Map<SecretVariable, Secret>();

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id);
    this.#add('RELAY_WEBHOOK_TOKEN', settings);
    this.#add('MODAL_WEBHOOK_SECRET', settings);
    this.#add('SECRET_KEY', settings);
    if (!settings.openArena) this.#add('ARENA_TOKEN', settings);
    if (settings.natsUrl !== undefined) this.#add('NATS_CREDENTIALS', settings);
    if (settings.openStreams) return;
    this.#add('ACCEPT_CLIENT_BEARER', settings);
    this.#add('CLIENT_JWT_SECRET', settings);
  }

  arn(variable: SecretVariable): string {
    const secret = this.#secrets.get(variable);
    if (!secret) throw new Error(`the stack has no secret ${variable}`);
    return secret.secretArn;
  }

  #add(variable: SecretVariable, settings: Settings): void {
    const secret = new Secret(this, variable, {
      description: descriptions[variable],
      // What the servers of NATS take cannot be made up.
      ...(variable === 'NATS_CREDENTIALS'
        ? { secretStringValue: SecretValue.unsafePlainText('{}') }
        : { generateSecretString: { passwordLength: 40, excludePunctuation: true } }),
      removalPolicy: settings.removalPolicy,
    });
    Tags.of(secret).add('relay:variable', variable);
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Senders and clients outside AWS hold a copy: changed on a timer, it would lock them out. Its owner rotates it, ' +
        'with a JSON list of the old and the new value while both are valid.',
    });
    this.#secrets.set(variable, secret);
  }
}
