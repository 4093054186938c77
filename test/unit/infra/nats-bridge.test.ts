/** What the stack has for NATS: the bridge's service and its network, and nothing of it where there is no NATS or another bridge. */
import type { Template } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { flat, grants, relayApp, resource, resources, type Statement, synthesize } from './support.ts';

const natsUrl = 'tls://nats.example:4222';
const natsVpc = {
  vpcId: 'vpc-0123456789abcdef0',
  availabilityZones: ['us-east-1a', 'us-east-1b'],
  subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  securityGroupIds: ['sg-0123456789abcdef0'],
};
const without = synthesize();
const withBridge = synthesize({ 'relay:natsUrl': natsUrl });
const inVpc = synthesize({ 'relay:natsUrl': natsUrl, 'relay:natsVpc': JSON.stringify(natsVpc) });

const types = (template: Template) => new Set(resources(template).map(([, { Type }]) => Type));
const only = (template: Template, type: string) => {
  const [found, ...others] = resources(template).filter(([, { Type }]) => Type === type);
  if (!found || others.length > 0) throw new Error(`${others.length} further resources of ${type}`);
  return found[1].Properties;
};
const events = (verb: string) =>
  `arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<EventsApi>/live/${verb}/@connections/*`;
const containerOf = (template: Template) => {
  const { ContainerDefinitions } = only(template, 'AWS::ECS::TaskDefinition');
  const [container] = ContainerDefinitions as Record<string, unknown>[];
  if (!container) throw new Error('the task has no container');
  return container;
};

describe('every combination', () => {
  test.each([
    ['an own network', { 'relay:natsUrl': natsUrl }],
    ['a given network', { 'relay:natsUrl': natsUrl, 'relay:natsVpc': natsVpc }],
    ['a bridge elsewhere', { 'relay:natsUrl': natsUrl, 'relay:natsBridge': 'elsewhere' }],
    [
      'a bridge elsewhere, near functions in a network',
      { 'relay:natsUrl': natsUrl, 'relay:natsBridge': 'elsewhere', 'relay:natsVpc': natsVpc },
    ],
    ['settings of a bridge, but no NATS', { 'relay:natsBridge': 'fargate', 'relay:natsVpc': natsVpc }],
  ])('passes the rules and needs no account or look-up: %s', (_, context) => {
    const app = relayApp(context);
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
    expect(app.synth().manifest.missing).toBeUndefined();
  });
});

describe('without NATS, or with a bridge elsewhere', () => {
  test('the stack has no resource of ECS or EC2', () => {
    const other = synthesize({ 'relay:natsUrl': natsUrl, 'relay:natsBridge': 'elsewhere' });
    const alone = synthesize({ 'relay:natsVpc': natsVpc });
    for (const template of [without, other, alone]) {
      expect([...types(template)].filter((type) => /^AWS::(ECS|EC2)::/.test(type))).toEqual([]);
      expect(types(template)).toEqual(types(without));
    }
  });

  test('no function is in a network', () => {
    for (const { Properties } of Object.values(without.findResources('AWS::Lambda::Function')))
      expect(Properties).not.toHaveProperty('VpcConfig');
  });
});

describe('the service', () => {
  const service = only(withBridge, 'AWS::ECS::Service');

  test('keeps two tasks, and both during a deployment, which goes back if it fails', () => {
    expect(service).toMatchObject({
      LaunchType: 'FARGATE',
      DesiredCount: 2,
      PlatformVersion: 'LATEST',
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        MaximumPercent: 200,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    });
  });

  test('runs the smallest task of Linux on ARM, with time to end', () => {
    expect(only(withBridge, 'AWS::ECS::TaskDefinition')).toMatchObject({
      Cpu: '256',
      Memory: '512',
      NetworkMode: 'awsvpc',
      RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
    });
    expect(containerOf(withBridge)).toMatchObject({
      StopTimeout: 30,
      ReadonlyRootFilesystem: true,
      DockerLabels: { 'relay.entry': 'functions/nats-bridge/main.ts' },
    });
  });

  test('may do exactly this', () => {
    expect(grants(withBridge, 'NatsBridge')).toEqual({
      '<Table.Arn>': ['DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'].map(
        (action) => `dynamodb:${action}`,
      ),
      [events('POST')]: ['execute-api:ManageConnections'],
      [events('DELETE')]: ['execute-api:ManageConnections'],
      '<SecretsNATSCREDENTIALS>': ['secretsmanager:GetSecretValue'],
    });
  });

  test('is told exactly this', () => {
    const environment = containerOf(withBridge).Environment as { Name: string; Value: unknown }[];
    expect(Object.fromEntries(environment.map(({ Name, Value }) => [Name, flat(Value)]))).toEqual({
      AWS_REGION: '<AWS::Region>',
      POWERTOOLS_SERVICE_NAME: 'relay',
      RELAY_TABLE: '<Table>',
      RETENTION_HOURS: expect.stringMatching(/^\{"tenant":24,/),
      CONNECTIONS_ENDPOINT: 'https://<EventsApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/live',
      NATS_URL: natsUrl,
      NATS_CREDENTIALS_SECRET: '<SecretsNATSCREDENTIALS>',
    });
  });

  test('is started by a role that fetches the image and writes the log, and by no managed policy', () => {
    const [, { Properties }] = resource(withBridge, 'NatsBridgeTaskExecutionRoleDefaultPolicy');
    const { Statement } = Properties.PolicyDocument as { Statement: Statement[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual([
      'ecr:BatchCheckLayerAvailability',
      'ecr:BatchGetImage',
      'ecr:GetAuthorizationToken',
      'ecr:GetDownloadUrlForLayer',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
    ]);
    for (const role of Object.values(withBridge.findResources('AWS::IAM::Role')))
      expect(role.Properties).not.toHaveProperty('ManagedPolicyArns');
  });

  test('starts only when its roles have their policies and its network has a way out', () => {
    const [, found] = resource(withBridge, 'NatsBridgeService');
    const { DependsOn } = found as unknown as { DependsOn: string[] };
    expect(DependsOn.map((id) => id.slice(0, -8))).toEqual(
      expect.arrayContaining([
        'NatsBridgeRoleDefaultPolicy',
        'NatsBridgeTaskExecutionRoleDefaultPolicy',
        'NatsBridgeNetworkVpcPublicSubnet1DefaultRoute',
      ]),
    );
  });

  test('writes a log that is kept as long as the others', () => {
    const [logs, { Properties }] = resource(withBridge, 'NatsBridgeLogs');
    expect(Properties).toEqual({ RetentionInDays: 30 });
    expect(containerOf(withBridge).LogConfiguration).toMatchObject({
      LogDriver: 'awslogs',
      Options: { 'awslogs-group': { Ref: logs } },
    });
  });
});

describe('the network of its own', () => {
  test('has two zones, an address for each task, no NAT gateway and no way in', () => {
    withBridge.resourceCountIs('AWS::EC2::Subnet', 2);
    withBridge.resourceCountIs('AWS::EC2::NatGateway', 0);
    expect(only(withBridge, 'AWS::ECS::Service').NetworkConfiguration).toMatchObject({
      AwsvpcConfiguration: { AssignPublicIp: 'ENABLED' },
    });
    expect(only(withBridge, 'AWS::EC2::SecurityGroup')).not.toHaveProperty('SecurityGroupIngress');
    withBridge.resourceCountIs('AWS::EC2::SecurityGroupIngress', 0);
  });

  test('reaches DynamoDB by a gateway endpoint', () => {
    const endpoint = only(withBridge, 'AWS::EC2::VPCEndpoint');
    expect(endpoint.VpcEndpointType).toBe('Gateway');
    expect(flat(endpoint.ServiceName)).toBe('com.amazonaws.<AWS::Region>.dynamodb');
  });

  test('is the bridge’s alone: no function is in it', () => {
    for (const { Properties } of Object.values(withBridge.findResources('AWS::Lambda::Function')))
      expect(Properties).not.toHaveProperty('VpcConfig');
  });
});

describe('in a given network', () => {
  const place = { SecurityGroupIds: natsVpc.securityGroupIds, SubnetIds: natsVpc.subnetIds };

  test('is the service, without an address of its own, and nothing is made in it', () => {
    expect(only(inVpc, 'AWS::ECS::Service').NetworkConfiguration).toEqual({
      AwsvpcConfiguration: {
        AssignPublicIp: 'DISABLED',
        SecurityGroups: natsVpc.securityGroupIds,
        Subnets: natsVpc.subnetIds,
      },
    });
    expect([...types(inVpc)].filter((type) => type.startsWith('AWS::EC2::'))).toEqual([]);
  });

  test('are the functions that speak to NATS, and no others', () => {
    const inside = resources(inVpc).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::Lambda::Function' && Properties.VpcConfig
        ? [[id.slice(0, -8), Properties.VpcConfig]]
        : [],
    );
    expect(inside).toEqual([
      ['ArenaCommandsFunction', place],
      ['HttpHealthFunction', place],
    ]);
  });

  test.each(['ArenaCommands', 'HttpHealth'])(
    'may %s keep interfaces, as narrowly as Lambda lets it',
    (name) => {
      expect(grants(inVpc, name)).toMatchObject({
        '*': ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'],
        'arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*': [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:UnassignPrivateIpAddresses',
        ],
      });
    },
  );
});
