/**
 * A WebSocket API of the relay: "events", where clients hear what their channels carry, and "peers", where two speak with each
 * other. Every message goes to one function, whatever is in it: a client's JSON never chooses a route.
 *
 * Platform rules: a static route selection expression is the escaped literal `\$default`. Deployed, @connections is at
 * the API's own host below the stage; an emulator has it elsewhere, and the events it sends do not say where.
 */
import { Stack, Validations } from 'aws-cdk-lib';
import { type CfnApi, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import type { Settings } from '../settings.ts';
import type { RelayFunction } from './relay-function.ts';

export interface WebSocketRelayApiProps {
  readonly settings: Settings;
  readonly name: string;
  readonly description: string;
  readonly connect: RelayFunction;
  readonly message: RelayFunction;
  readonly disconnect: RelayFunction;
}

/** POST sends to a connection, GET asks whether it is there, DELETE ends it. */
export type ConnectionsVerb = 'DELETE' | 'GET' | 'POST';

export class WebSocketRelayApi extends Construct {
  readonly name: string;
  readonly api: WebSocketApi;
  readonly stage: WebSocketStage;
  /** What the functions give the SDK as the endpoint of @connections. */
  readonly connectionsEndpoint: string;

  constructor(scope: Construct, id: string, props: WebSocketRelayApiProps) {
    super(scope, id);
    this.name = props.name;
    const route = (name: string, { handler }: RelayFunction) => ({
      integration: new WebSocketLambdaIntegration(name, handler),
    });
    this.api = new WebSocketApi(this, 'Api', {
      apiName: `relay-${props.name}`,
      description: props.description,
      routeSelectionExpression: '\\$default',
      connectRouteOptions: route('Connect', props.connect),
      disconnectRouteOptions: route('Disconnect', props.disconnect),
      defaultRouteOptions: route('Message', props.message),
    });
    this.stage = new WebSocketStage(this, 'Stage', {
      webSocketApi: this.api,
      stageName: props.settings.stage,
      autoDeploy: true,
    });
    const emulator = props.settings.connectionsEndpoint;
    this.connectionsEndpoint = emulator
      ? `${emulator}/${this.api.apiId}/${this.stage.stageName}`
      : this.stage.callbackUrl;

    Validations.of(this.api).acknowledge({
      id: 'AwsSolutions-APIG4',
      reason:
        'The function behind $connect checks the bearer token and gives the answer that the contract fixes, which an ' +
        'authorizer cannot; messages and the disconnect belong to a connection that it let in.',
    });
    Validations.of(this.stage).acknowledge({
      id: 'AwsSolutions-APIG1',
      reason:
        'Access logs of a WebSocket stage take an API Gateway role that is set once for the whole account and Region: ' +
        'a stack that set it would change its neighbours. The functions log what they accept and refuse.',
    });
  }

  connectionsArn(verb: ConnectionsVerb): string {
    return Stack.of(this).formatArn({
      service: 'execute-api',
      resource: this.api.apiId,
      resourceName: `${this.stage.stageName}/${verb}/@connections/*`,
    });
  }

  /** The same ARN as the rules report it: a reference stands in angle brackets. */
  connectionsArnAsReported(verb: ConnectionsVerb): string {
    const api = Stack.of(this).getLogicalId(this.api.node.defaultChild as CfnApi);
    const account = '<AWS::Region>:<AWS::AccountId>';
    return `arn:<AWS::Partition>:execute-api:${account}:<${api}>/${this.stage.stageName}/${verb}/@connections/*`;
  }
}
