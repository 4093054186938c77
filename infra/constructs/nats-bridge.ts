/**
 * The bridge between NATS and the relay: a container that runs for ever, since nobody can subscribe from a function that ends
 * after its answer. Two tasks: one works, the other stands by and takes over; they settle between themselves, in the table,
 * which is which. So a task is well as long as it runs, whether it works or not, and there is no health check: a hung one
 * loses its lease to the other.
 *
 * Platform rules: a deployment starts the new tasks before it stops the old ones (SIGTERM, and SIGKILL 30 s later); tasks that
 * end again and again end the deployment, and the last one that held comes back. CPU and memory come in fixed pairs.
 * `SampleCount` of a service's CPU is the number of its running tasks, and costs nothing.
 */
import { join } from 'node:path';
import { Duration, Stack, Validations } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  type ContainerDefinition,
  ContainerImage,
  ContainerInsights,
  CpuArchitecture,
  FargatePlatformVersion,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import { IgnoreMode } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { serviceName } from '../../shared/metrics.ts';
import type { Settings } from '../settings.ts';
import { type Network, OwnNetwork } from './nats-network.ts';
import { RelayProgram } from './relay-program.ts';

export interface NatsBridgeProps {
  readonly settings: Settings;
  /** One of its own where none is given. */
  readonly network?: Network | undefined;
}

const projectRoot = join(import.meta.dirname, '../..');
const folder = 'functions/nats-bridge';
/** What a task runs, for whoever runs it without the image: the local twin. */
const ENTRY_LABEL = 'relay.entry';

export class NatsBridge extends RelayProgram {
  readonly #container: ContainerDefinition;
  readonly #service: FargateService;

  constructor(scope: Construct, id: string, { settings, network }: NatsBridgeProps) {
    super(scope, id, settings, 'ecs-tasks.amazonaws.com');
    const task = new FargateTaskDefinition(this, 'Task', {
      cpu: 256,
      memoryLimitMiB: 512,
      runtimePlatform: {
        cpuArchitecture: CpuArchitecture.ARM64,
        operatingSystemFamily: OperatingSystemFamily.LINUX,
      },
      taskRole: this.role,
    });
    this.#container = task.addContainer('Bridge', {
      // `.dockerignore` names the few files that it is made of, so nothing else makes a new image.
      image: ContainerImage.fromAsset(projectRoot, {
        file: `${folder}/Dockerfile`,
        ignoreMode: IgnoreMode.DOCKER,
        platform: Platform.LINUX_ARM64,
      }),
      dockerLabels: { [ENTRY_LABEL]: `${folder}/main.ts` },
      environment: { AWS_REGION: Stack.of(this).region, POWERTOOLS_SERVICE_NAME: serviceName },
      logging: LogDriver.awsLogs({ logGroup: this.logGroup, streamPrefix: 'bridge' }),
      readonlyRootFilesystem: true,
      stopTimeout: Duration.seconds(30),
    });
    const { vpc, subnets, securityGroups, isPublic } = network ?? new OwnNetwork(this, 'Network');
    // The class calls a property optional in a way that its own interface does not.
    const cluster = new Cluster(this, 'Cluster', {
      vpc,
      containerInsightsV2: ContainerInsights.DISABLED,
    }) as ICluster;
    this.#service = new FargateService(this, 'Service', {
      cluster,
      taskDefinition: task,
      desiredCount: 2,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      platformVersion: FargatePlatformVersion.LATEST,
      assignPublicIp: isPublic,
      vpcSubnets: { subnets: [...subnets] },
      securityGroups: [...securityGroups],
    });
    // It starts at once, and then it needs the right to fetch its image, and the way to it.
    this.#service.node.addDependency(task.obtainExecutionRole(), vpc);
    this.#acknowledge(task, cluster);
  }

  metricRunningTasks(): Metric {
    return new Metric({
      namespace: 'AWS/ECS',
      metricName: 'CPUUtilization',
      dimensionsMap: {
        ClusterName: this.#service.cluster.clusterName,
        ServiceName: this.#service.serviceName,
      },
      statistic: Stats.SAMPLE_COUNT,
      period: Duration.minutes(1),
    });
  }

  protected override tell(variable: string, value: string): void {
    this.#container.addEnvironment(variable, value);
  }

  #acknowledge(task: FargateTaskDefinition, cluster: ICluster): void {
    Validations.of(task).acknowledge(
      {
        id: 'AwsSolutions-ECS2',
        reason: 'Its variables are names and addresses; the credentials for NATS are read from their secret.',
      },
      {
        id: 'AwsSolutions-IAM5[Resource::*]',
        reason:
          'ECR gives its authorization token for all repositories or for none; the one repository is fixed.',
      },
    );
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Container Insights costs by the metric; whether tasks run, and what they missed, has alarms without it.',
    });
  }
}
