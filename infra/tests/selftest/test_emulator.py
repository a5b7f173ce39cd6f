"""The layer before moto, asked by an SDK of another make than the one that Terraform's provider uses."""

from __future__ import annotations

import json
import unittest
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError
from urllib.request import urlopen

from .against_emulator import EmulatorTest


class Emulated(EmulatorTest):
    def test_what_nobody_answers_is_refused_once_and_listed(self) -> None:
        before = len(self.gaps.lines)
        self.assertEqual("NotInEmulator", self.refusal(self.client("codedeploy").list_git_hub_account_token_names))
        self.assertEqual("NotInEmulator", self.refusal(self.client("cloudfront").list_cache_policies))
        listed = self.gaps.lines[before:]
        self.assertEqual(2, len(listed))
        self.assertTrue(listed[0].startswith("codedeploy ListGitHubAccountTokenNames: "))
        self.assertTrue(listed[1].startswith("cloudfront ListCachePolicies: "))

    def test_a_distribution_is_read_back_as_it_was_written_and_keeps_what_it_uses(self) -> None:
        cloudfront = self.client("cloudfront")
        function = cloudfront.create_function(
            Name="accept", FunctionConfig={"Comment": "", "Runtime": "cloudfront-js-2.0"}, FunctionCode=b"function handler() {}"
        )
        arn = function["FunctionSummary"]["FunctionMetadata"]["FunctionARN"]
        cloudfront.publish_function(Name="accept", IfMatch=function["ETag"])
        self.assertEqual(b"function handler() {}", cloudfront.get_function(Name="accept", Stage="LIVE")["FunctionCode"].read())
        config = {
            "CallerReference": "one",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.org"}]},
            "DefaultCacheBehavior": {
                "TargetOriginId": "o",
                "ViewerProtocolPolicy": "https-only",
                "FunctionAssociations": {"Quantity": 1, "Items": [{"FunctionARN": arn, "EventType": "viewer-request"}]},
            },
        }
        tags = {"Items": [{"Key": "a", "Value": "b"}]}
        made = cloudfront.create_distribution_with_tags(DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags})
        identifier = made["Distribution"]["Id"]
        read = cloudfront.get_distribution_config(Id=identifier)
        self.assertEqual(config, read["DistributionConfig"])
        self.assertEqual(tags, cloudfront.list_tags_for_resource(Resource=made["Distribution"]["ARN"])["Tags"])
        self.assertEqual("FunctionInUse", self.refusal(cloudfront.delete_function, Name="accept", IfMatch=function["ETag"]))
        delete = cloudfront.delete_distribution
        self.assertEqual("DistributionNotDisabled", self.refusal(delete, Id=identifier, IfMatch=read["ETag"]))
        config["Enabled"] = False
        newer = cloudfront.update_distribution(Id=identifier, IfMatch=read["ETag"], DistributionConfig=config)
        self.assertEqual("PreconditionFailed", self.refusal(delete, Id=identifier, IfMatch=read["ETag"]))
        delete(Id=identifier, IfMatch=newer["ETag"])
        self.assertEqual("NoSuchDistribution", self.refusal(cloudfront.get_distribution, Id=identifier))

    def test_a_queue_keeps_its_policies_whatever_else_changes(self) -> None:
        sqs = self.client("sqs")
        policy = '{"Version": "2012-10-17",   "Statement": []}'
        url = sqs.create_queue(QueueName="jobs", Attributes={"Policy": policy})["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
        read = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(policy, read["Policy"])
        self.assertEqual('{"redrivePermission":"denyAll"}', read["RedriveAllowPolicy"])
        self.assertEqual("60", read["VisibilityTimeout"])
        int(read["CreatedTimestamp"])
        some = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
        self.assertEqual({"VisibilityTimeout": "60"}, some)

    def test_messages_still_go_through_moto(self) -> None:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="through")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="hello")
        self.assertEqual("hello", sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"])
        sqs.delete_queue(QueueUrl=url)
        missing = self.refusal(sqs.get_queue_attributes, QueueUrl=url, AttributeNames=["All"])
        self.assertEqual("AWS.SimpleQueueService.NonExistentQueue", missing)

    def test_objects_still_go_through_moto(self) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket="originals", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="originals", Key="a/b c", Body=b"x" * 100_000)
        self.assertEqual(100_000, len(s3.get_object(Bucket="originals", Key="a/b c")["Body"].read()))
        before = len(self.gaps.lines)
        self.assertEqual("NoSuchKey", self.refusal(s3.get_object, Bucket="originals", Key="none"))
        self.assertEqual(before, len(self.gaps.lines))

    def test_a_bucket_that_refuses_plain_http_still_answers_and_a_denial_still_denies(self) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket="guarded", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="guarded", Key="a", Body=b"a")

        def deny(**condition: object) -> None:
            both = ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"]
            one = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "s3:*", "Resource": both, **condition}
            s3.put_bucket_policy(Bucket="guarded", Policy=json.dumps({"Version": "2012-10-17", "Statement": [one]}))

        deny(Condition={"Bool": {"aws:SecureTransport": "false"}})
        self.assertEqual(b"a", s3.get_object(Bucket="guarded", Key="a")["Body"].read())
        logging = {"LoggingEnabled": {"TargetBucket": "guarded", "TargetPrefix": "logs/"}}
        refused = self.refusal(s3.put_bucket_logging, Bucket="guarded", BucketLoggingStatus=logging)
        self.assertEqual("InvalidTargetBucketForLogging", refused)
        deny()
        self.refusal(s3.get_object, Bucket="guarded", Key="a")

    def test_a_presigned_url_is_good_as_it_was_signed_and_no_longer(self) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket="signed", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="signed", Key="a b", Body=b"a")

        def status(url: str) -> int:
            try:
                return urlopen(url).status
            except HTTPError as refused:
                return refused.code

        signer = self.client("s3", signature_version="s3v4")

        def url(seconds: int) -> str:
            return signer.generate_presigned_url("get_object", Params={"Bucket": "signed", "Key": "a b"}, ExpiresIn=seconds)

        self.assertEqual(200, status(url(60)))
        self.assertEqual(403, status(url(60).replace("a%20b", "other")))
        self.assertEqual(403, status(url(60).replace("Expires=60", "Expires=600")))
        self.assertEqual(403, status(url(-1)))

    def test_parts_make_an_object_whose_checksum_says_that_it_is_of_parts(self) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket="parts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        of_upload = {"Bucket": "parts", "Key": "a"}
        of_upload["UploadId"] = s3.create_multipart_upload(**of_upload, ChecksumAlgorithm="CRC32")["UploadId"]
        part = s3.upload_part(**of_upload, PartNumber=1, Body=b"x")
        listed = s3.list_parts(**of_upload)["Parts"]
        self.assertEqual([(1, 1)], [(one["PartNumber"], one["Size"]) for one in listed])
        of_part = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}
        s3.complete_multipart_upload(**of_upload, MultipartUpload={"Parts": [of_part]})
        checksum = s3.head_object(Bucket="parts", Key="a", ChecksumMode="ENABLED")["ChecksumCRC32"]
        self.assertEqual(1, checksum.count("-"))
        s3.copy_object(Bucket="parts", Key="b", CopySource="parts/a")
        self.assertNotIn("ChecksumCRC32", s3.head_object(Bucket="parts", Key="b", ChecksumMode="ENABLED"))
        self.assertEqual("NoSuchUpload", self.refusal(s3.upload_part, **of_upload, PartNumber=2, Body=b"y"))

    def test_a_message_goes_to_one_of_those_who_ask_at_once(self) -> None:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="shared")["QueueUrl"]
        for first in range(0, 60, 10):
            entries = [{"Id": str(number), "MessageBody": str(number)} for number in range(first, first + 10)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

        def receive_all() -> list[str]:
            bodies = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=5).get("Messages"):
                bodies += [message["Body"] for message in messages]
            return bodies

        with ThreadPoolExecutor(8) as pool:
            received = [body for bodies in pool.map(lambda _: receive_all(), range(8)) for body in bodies]
        self.assertEqual(sorted(str(number) for number in range(60)), sorted(received))
        sqs.delete_queue(QueueUrl=url)

    def test_a_receipt_ends_with_its_lease(self) -> None:
        sqs = self.client("sqs")
        url = sqs.create_queue(QueueName="leases")["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="job")
        first = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first, VisibilityTimeout=0)
        extend = sqs.change_message_visibility
        again = {"QueueUrl": url, "ReceiptHandle": first, "VisibilityTimeout": 60}
        self.assertIn("MessageNotInflight", self.refusal(extend, **again))
        second = sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
        self.assertIn("MessageNotInflight", self.refusal(extend, **again))
        sqs.delete_message(QueueUrl=url, ReceiptHandle=first)
        extend(QueueUrl=url, ReceiptHandle=second, VisibilityTimeout=60)

    def test_a_task_on_fargate_runs_to_its_end_and_a_service_is_stable(self) -> None:
        ecs, ec2 = self.client("ecs"), self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="tasks", Description="tasks", VpcId=vpc)["GroupId"]
        ecs.create_cluster(clusterName="cluster")
        definition = ecs.register_task_definition(
            family="migrate",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[{"name": name, "image": "image", "essential": True} for name in ("collector", "migrate")],
        )["taskDefinition"]["taskDefinitionArn"]
        fargate = {
            "cluster": "cluster",
            "launchType": "FARGATE",
            "taskDefinition": definition,
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}},
        }
        task = ecs.run_task(**fargate)["tasks"][0]["taskArn"]
        ecs.get_waiter("tasks_stopped").wait(cluster="cluster", tasks=[task], WaiterConfig={"Delay": 0})
        containers = ecs.describe_tasks(cluster="cluster", tasks=[task])["tasks"][0]["containers"]
        self.assertEqual([("collector", 0), ("migrate", 0)], [(one["name"], one["exitCode"]) for one in containers])
        ecs.create_service(serviceName="worker", desiredCount=2, **fargate)
        ecs.get_waiter("services_stable").wait(
            cluster="cluster", services=["worker"], WaiterConfig={"Delay": 0, "MaxAttempts": 2}
        )

    def test_a_deployment_that_waits_for_approval_goes_on_only_when_told(self) -> None:
        codedeploy = self.client("codedeploy")
        codedeploy.create_application(applicationName="tintype", computePlatform="ECS")
        codedeploy.create_deployment_group(
            applicationName="tintype",
            deploymentGroupName="web",
            serviceRoleArn="arn:aws:iam::123456789012:role/deploy",
            blueGreenDeploymentConfiguration={
                "deploymentReadyOption": {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60}
            },
            alarmConfiguration={"enabled": True, "alarms": [{"name": "errors"}]},
        )
        group = codedeploy.get_deployment_group(applicationName="tintype", deploymentGroupName="web")["deploymentGroupInfo"]
        self.assertEqual([{"name": "errors"}], group["alarmConfiguration"]["alarms"])
        identifier = codedeploy.create_deployment(applicationName="tintype", deploymentGroupName="web")["deploymentId"]

        def state() -> str:
            return codedeploy.get_deployment(deploymentId=identifier)["deploymentInfo"]["status"]

        self.assertEqual(["InProgress", "Ready", "Ready"], [state() for _ in range(3)])
        codedeploy.continue_deployment(deploymentId=identifier, deploymentWaitType="READY_WAIT")
        self.assertEqual("Succeeded", state())

    def test_composite_alarms_stand_beside_the_others(self) -> None:
        cloudwatch = self.client("cloudwatch")
        cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
        read = cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])
        self.assertEqual("ALARM(errors)", read["CompositeAlarms"][0]["AlarmRule"])
        cloudwatch.delete_alarms(AlarmNames=["any"])
        self.assertEqual([], cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"])

    def test_a_vault_keeps_its_tags_and_a_plan_its_selections(self) -> None:
        backup = self.client("backup")
        vault = backup.create_backup_vault(BackupVaultName="vault", BackupVaultTags={"a": "b"})
        self.assertEqual({"a": "b"}, backup.list_tags(ResourceArn=vault["BackupVaultArn"])["Tags"])
        self.assertEqual([], backup.list_recovery_points_by_backup_vault(BackupVaultName="vault")["RecoveryPoints"])
        rule = {"RuleName": "daily", "TargetBackupVaultName": "vault"}
        plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "p", "Rules": [rule]})["BackupPlanId"]
        chosen = {"SelectionName": "all", "IamRoleArn": "arn:aws:iam::123456789012:role/backup", "Resources": ["*"]}
        made = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=chosen)["SelectionId"]
        self.assertEqual(chosen, backup.get_backup_selection(BackupPlanId=plan, SelectionId=made)["BackupSelection"])

    def test_groups_and_rules_of_traces_are_kept(self) -> None:
        xray = self.client("xray")
        xray.create_group(GroupName="errors", FilterExpression="fault")
        self.assertEqual("fault", xray.get_group(GroupName="errors")["Group"]["FilterExpression"])
        xray.delete_group(GroupName="errors")
        self.assertEqual("InvalidRequestException", self.refusal(xray.get_group, GroupName="errors"))


if __name__ == "__main__":
    unittest.main()
