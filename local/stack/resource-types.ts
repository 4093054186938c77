/**
 * What the twin knows of each resource type: whether it runs it, or knows why it need not, and what `Ref` and `Fn::GetAtt`
 * give for it. A type in neither list stops the start with its name: the twin never runs less than the stack without saying so.
 */

import { createHash } from 'node:crypto';
import { ACCOUNT, REGION, toApiId, toArn, toUrlId } from '../ids.ts';

export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

type Identify = (name: string, seed: string) => Identity;

function named(service: string, prefix: string, attribute = 'Arn'): Identify {
  return (name) => ({ ref: name, attributes: { [attribute]: toArn(service, `${prefix}${name}`) } });
}

const identifyTable: Identify = (name) => ({
  ref: name,
  attributes: { Arn: toArn('dynamodb', `table/${name}`), TableId: name },
});

const identifyById: Identify = (_, seed) => ({ ref: toApiId(seed).slice(0, 7), attributes: {} });

/** Secrets Manager appends six random characters to the name; ours come from the name, to be the same at each start. */
const identifySecret: Identify = (name) => {
  const suffix = createHash('sha256').update(name).digest('hex').slice(0, 6);
  return { ref: toArn('secretsmanager', `secret:${name}-${suffix}`), attributes: {} };
};

const identifyApi: Identify = (_, seed) => {
  const id = toApiId(seed);
  const endpoint = `https://${id}.execute-api.${REGION}.amazonaws.com`;
  return { ref: id, attributes: { ApiId: id, ApiEndpoint: endpoint } };
};

const identifyUrl: Identify = (_, seed) => {
  const id = toUrlId(seed);
  return { ref: id, attributes: { FunctionUrl: `https://${id}.lambda-url.${REGION}.on.aws/` } };
};

/** IAM has no Region. */
const identifyRole: Identify = (name) => ({
  ref: name,
  attributes: { Arn: `arn:aws:iam::${ACCOUNT}:role/${name}`, RoleId: name },
});

const identifyManagedPolicy: Identify = (name) => {
  const arn = `arn:aws:iam::${ACCOUNT}:policy/${name}`;
  return { ref: arn, attributes: { PolicyArn: arn } };
};

/** A service or a task definition is known by its ARN. */
function identifyByArn(kind: string, suffix = ''): Identify {
  return (name) => ({ ref: toArn('ecs', `${kind}/${name}${suffix}`), attributes: { Name: name } });
}

const identifyGroup: Identify = (_, seed) => {
  const id = `sg-${toApiId(seed)}`;
  return { ref: id, attributes: { GroupId: id } };
};

/** Types that the twin runs. */
export const SERVED: Record<string, Identify> = {
  'AWS::Lambda::Function': named('lambda', 'function:'),
  'AWS::Lambda::Permission': identifyById,
  'AWS::Lambda::EventInvokeConfig': identifyById,
  'AWS::Lambda::Url': identifyUrl,
  'AWS::DynamoDB::Table': identifyTable,
  'AWS::DynamoDB::GlobalTable': identifyTable,
  'AWS::ApiGatewayV2::Api': identifyApi,
  'AWS::ApiGatewayV2::Route': identifyById,
  'AWS::ApiGatewayV2::Integration': identifyById,
  'AWS::ApiGatewayV2::Stage': named('apigateway', '/stages/'),
  'AWS::Events::Rule': named('events', 'rule/'),
  'AWS::SecretsManager::Secret': identifySecret,
  'AWS::ECS::Service': identifyByArn('service'),
  'AWS::ECS::TaskDefinition': identifyByArn('task-definition', ':1'),
  'AWS::IAM::Role': identifyRole,
  'AWS::IAM::Policy': (name) => ({ ref: name, attributes: {} }),
  'AWS::IAM::ManagedPolicy': identifyManagedPolicy,
};

/**
 * Types without a local counterpart: those that watch or record, through which no request passes, and networks: on a laptop
 * everything reaches everything.
 */
export const NOT_NEEDED_LOCALLY: Record<string, Identify> = {
  'AWS::Logs::LogGroup': named('logs', 'log-group:'),
  'AWS::Logs::MetricFilter': named('logs', 'metric-filter:'),
  'AWS::CloudWatch::Alarm': named('cloudwatch', 'alarm:'),
  'AWS::CloudWatch::CompositeAlarm': named('cloudwatch', 'alarm:'),
  'AWS::CloudWatch::Dashboard': named('cloudwatch', 'dashboard/'),
  'AWS::SNS::Topic': (name) => ({
    ref: toArn('sns', name),
    attributes: { TopicArn: toArn('sns', name), TopicName: name },
  }),
  'AWS::SNS::TopicPolicy': identifyById,
  'AWS::SNS::Subscription': identifyById,
  'AWS::ApiGateway::Account': identifyById,
  'AWS::CDK::Metadata': identifyById,
  'AWS::ECS::Cluster': named('ecs', 'cluster/'),
  'AWS::EC2::InternetGateway': identifyById,
  'AWS::EC2::Route': identifyById,
  'AWS::EC2::RouteTable': identifyById,
  'AWS::EC2::SecurityGroup': identifyGroup,
  'AWS::EC2::Subnet': identifyById,
  'AWS::EC2::SubnetRouteTableAssociation': identifyById,
  'AWS::EC2::VPC': identifyById,
  'AWS::EC2::VPCEndpoint': identifyById,
  'AWS::EC2::VPCGatewayAttachment': identifyById,
};

/** The property by which a template may name a resource itself. */
export const NAME_PROPERTY: Record<string, string> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::ApiGatewayV2::Stage': 'StageName',
  'AWS::ECS::Service': 'ServiceName',
  'AWS::Events::Rule': 'Name',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
};
