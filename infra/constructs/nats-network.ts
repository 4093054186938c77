/**
 * The network in which the relay reaches NATS: the deployer's own, told by its ids, or a small one that the stack makes for
 * the bridge alone, which reaches NATS and AWS over the internet and is reached by nobody.
 *
 * Platform rules: a task on Fargate is always in a network. In a public subnet with an address of its own it needs no NAT
 * gateway, which would cost more than the bridge itself; the way to DynamoDB through a gateway endpoint costs nothing. A
 * network that is looked up would need an account at synth: ids do not.
 */
import { Validations } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  type ISecurityGroup,
  type ISubnet,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { NatsVpcSettings } from '../settings.ts';

export interface Network {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
  /** What runs in it gets a public address: it has no other way to the internet. */
  readonly isPublic: boolean;
}

/** The deployer's. Its routes, endpoints and what its groups let out are the deployer's as well. */
export class GivenNetwork extends Construct implements Network {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
  readonly isPublic = false;

  constructor(scope: Construct, id: string, given: NatsVpcSettings) {
    super(scope, id);
    this.vpc = Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId: given.vpcId,
      availabilityZones: [...given.availabilityZones],
      privateSubnetIds: [...given.subnetIds],
    });
    Validations.of(this.vpc).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'Nothing is added to the routes of a network that is not the stack’s.',
    });
    this.subnets = this.vpc.privateSubnets;
    this.securityGroups = given.securityGroupIds.map((group) =>
      // Whoever owns a group decides what it lets out.
      SecurityGroup.fromSecurityGroupId(this, group, group, { mutable: false }),
    );
  }
}

/** The stack's own: two zones, no way in. */
export class OwnNetwork extends Construct implements Network {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: readonly ISecurityGroup[];
  readonly isPublic = true;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/24'),
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC }],
      // That takes a function and a role beside the stack's own. Nothing is put into the group.
      restrictDefaultSecurityGroup: false,
    });
    vpc.addGatewayEndpoint('DynamoDb', { service: GatewayVpcEndpointAwsService.DYNAMODB });
    // The class calls a property optional in a way that its own interface does not.
    this.vpc = vpc as IVpc;
    this.subnets = vpc.publicSubnets;
    this.securityGroups = [
      new SecurityGroup(this, 'Group', {
        vpc: this.vpc,
        description: 'Lets the bridge out to NATS and AWS, and nobody in.',
        allowAllOutbound: true,
      }),
    ];
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Nothing can connect into this network, and the only thing in it logs what it does; a record of its own ' +
        'connections to NATS and AWS would cost more than it tells.',
    });
  }
}
