/**
 * What Lambda needs of a function's role to put the function into a network: it makes, finds and removes the function's
 * network interfaces in that role's name.
 *
 * Platform rules: what describes works on all resources only. Lambda refuses a role that may not remove the interfaces of
 * one account and Region, whichever they are, so that is as narrow as it gets.
 * Source: "Giving Lambda functions access to resources in an Amazon VPC" in the Lambda developer guide.
 */
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

const describing = ['ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets'];
const changing = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:UnassignPrivateIpAddresses',
];

export function letKeepInterfaces(scope: Construct, role: Role): void {
  const anyOfTheRegion = Stack.of(scope).formatArn({ service: 'ec2', resource: '*', resourceName: '*' });
  role.addToPolicy(new PolicyStatement({ actions: describing, resources: ['*'] }));
  role.addToPolicy(new PolicyStatement({ actions: changing, resources: [anyOfTheRegion] }));
  Validations.of(scope).acknowledge(
    {
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'EC2 describes on all resources or on none.',
    },
    {
      id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*]',
      reason: 'Lambda makes and names the network interfaces itself, and wants this form of the permission.',
    },
  );
}
