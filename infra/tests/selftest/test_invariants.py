"""Each invariant passes what is right and finds what is wrong."""

from __future__ import annotations

import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

from gates import agreement, checkov, compose, drift, environments, invariants, program
from gates.stack import Resource, Stack


def resource(type_: str, name: str = "this", module: str = "module.m", **values: Any) -> Resource:
    return Resource(f"{module}.{type_}.{name}", type_, module, None, values)


def stack(*resources: Resource, complete: bool = True) -> Stack:
    return Stack(list(resources), {}, complete)


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
PRIVATE = {name: True for name in ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")}


class Invariants(unittest.TestCase):
    def problems(self, check: Any, *resources: Resource) -> list[str]:
        return [finding.problem for finding in check(stack(*resources))]

    def test_a_wildcard_resource_is_found_unless_its_action_is_listed(self) -> None:
        check = invariants.no_wildcard_resources
        wide = {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "*"}
        listed = {"Effect": "Allow", "Action": ["ecr:GetAuthorizationToken"], "Resource": ["*"]}
        star = {"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:1:q"}
        self.assertEqual(1, len(self.problems(check, resource("aws_iam_role_policy", policy=policy(wide)))))
        self.assertEqual([], self.problems(check, resource("aws_iam_role_policy", policy=policy(listed))))
        self.assertEqual(1, len(self.problems(check, resource("aws_iam_policy", policy=policy(star)))))

    def test_a_bucket_without_a_tls_only_policy_is_found(self) -> None:
        check = invariants.buckets_refuse_plain_http
        bucket = resource("aws_s3_bucket", bucket="b")
        good = resource("aws_s3_bucket_policy", policy=policy(TLS_ONLY))
        objects_only = resource("aws_s3_bucket_policy", policy=policy({**TLS_ONLY, "Resource": ["arn:aws:s3:::b/*"]}))
        elsewhere = resource("aws_s3_bucket_policy", module="module.other", policy=policy(TLS_ONLY))
        self.assertEqual([], self.problems(check, bucket, good))
        self.assertEqual(1, len(self.problems(check, bucket)))
        self.assertEqual(1, len(self.problems(check, bucket, objects_only)))
        self.assertEqual(1, len(self.problems(check, bucket, elsewhere)))

    def test_a_bucket_that_could_be_public_is_found(self) -> None:
        check = invariants.buckets_are_private
        bucket = resource("aws_s3_bucket", bucket="b")
        open_ = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
        block = resource("aws_s3_bucket_public_access_block", **PRIVATE)
        half = resource("aws_s3_bucket_public_access_block", **{**PRIVATE, "block_public_policy": False})
        self.assertEqual([], self.problems(check, bucket, block))
        self.assertEqual(1, len(self.problems(check, bucket, half)))
        self.assertEqual(1, len(self.problems(check, bucket, block, resource("aws_s3_bucket_policy", policy=policy(open_)))))

    def test_what_is_not_encrypted_is_found(self) -> None:
        check = invariants.everything_is_encrypted
        self.assertEqual(1, len(self.problems(check, resource("aws_sqs_queue"))))
        self.assertEqual([], self.problems(check, resource("aws_sqs_queue", sqs_managed_sse_enabled=True)))
        self.assertEqual(1, len(self.problems(check, resource("aws_db_instance", storage_encrypted=False))))

    def test_an_open_security_group_is_found(self) -> None:
        check = invariants.only_the_front_door_is_public
        self.assertEqual(1, len(self.problems(check, resource("aws_vpc_security_group_ingress_rule", cidr_ipv4="0.0.0.0/0"))))
        self.assertEqual([], self.problems(check, resource("aws_vpc_security_group_ingress_rule", cidr_ipv4="10.0.0.0/16")))
        self.assertEqual(1, len(self.problems(check, resource("aws_db_instance", publicly_accessible=True))))

    def test_plain_http_and_old_tls_are_found(self) -> None:
        check = invariants.nothing_speaks_plain_http
        plain = resource("aws_lb_listener", protocol="HTTP", default_action=[{"type": "forward"}])
        redirect = resource("aws_lb_listener", protocol="HTTP", default_action=[{"type": "redirect"}])
        old = resource("aws_lb_listener", protocol="HTTPS", ssl_policy="ELBSecurityPolicy-2016-08")
        self.assertEqual(1, len(self.problems(check, plain)))
        self.assertEqual([], self.problems(check, redirect))
        self.assertEqual(1, len(self.problems(check, old)))
        self.assertEqual(1, len(self.problems(check, resource("aws_db_parameter_group", parameter=[]))))

    def test_a_queue_that_gives_up_before_the_worker_is_found(self) -> None:
        check = invariants.dead_letters_are_kept
        redrive = json.dumps({"deadLetterTargetArn": "d", "maxReceiveCount": 3})
        hasty = resource("aws_sqs_queue", redrive_policy=redrive, visibility_timeout_seconds=30)
        self.assertEqual(2, len(self.problems(check, hasty)))
        self.assertEqual(1, len(self.problems(check, resource("aws_sqs_queue", message_retention_seconds=345600))))


class Environments(unittest.TestCase):
    def test_a_type_that_only_one_has_is_found_and_so_is_a_listed_one_that_both_have(self) -> None:
        listed = [resource(name) for name in invariants.allowed()["only-in-staging"]]
        protected = [resource(name) for name in invariants.allowed()["only-in-production"]]
        common = resource("aws_vpc")
        self.assertEqual([], list(environments.same_types(stack(common, *listed), stack(common, *protected))))
        extra = list(environments.same_types(stack(common, resource("aws_eip"), *listed), stack(common, *protected)))
        self.assertEqual(["aws_eip"], [finding.address for finding in extra])
        both = list(environments.same_types(stack(*listed, *protected[:1]), stack(*protected)))
        self.assertEqual(1, len(both))


class Agreement(unittest.TestCase):
    def container(self, **more: Any) -> Resource:
        names = {name: "x" for name in agreement.contract()["roles"]["web"]["required"]} | {"TINTYPE_LISTEN": "0.0.0.0:8080"}
        names |= more.pop("names", {})
        container = {
            "name": "web",
            "image": "1.dkr.ecr.eu-west-1.amazonaws.com/staging/tintype-web:1",
            "environment": [{"name": name, "value": value} for name, value in names.items()],
            "readonlyRootFilesystem": True,
            "portMappings": [{"containerPort": 8080}],
            "healthCheck": {"command": agreement.contract()["health"]["container"]},
            "logConfiguration": {"logDriver": "awslogs"},
            **more,
        }
        return resource(
            "aws_ecs_task_definition",
            container_definitions=json.dumps([container]),
            runtime_platform=[{"cpu_architecture": "ARM64"}],
        )

    def problems(self, definition: Resource) -> list[str]:
        found = agreement.check(stack(definition, complete=False))
        return [finding.problem for finding in found if "(web)" in finding.address]

    def test_the_agreed_container_passes(self) -> None:
        self.assertEqual([], self.problems(self.container()))

    def test_another_port_image_or_variable_is_found(self) -> None:
        self.assertEqual(1, len(self.problems(self.container(portMappings=[{"containerPort": 80}]))))
        self.assertEqual(1, len(self.problems(self.container(image="tintype-api:1"))))
        self.assertEqual(1, len(self.problems(self.container(names={"TINTYPE_BLOBS_URL": "s3://b"}))))
        self.assertEqual(1, len(self.problems(self.container(names={"TINTYPE_WEB_API_URL": ""}))))
        self.assertEqual(2, len(self.problems(self.container(names={"TINTYPE_DELIVERY_SIGNING_KEYS": "a:b"}))))

    def test_paths_that_lead_nowhere_are_found(self) -> None:
        addresses = [finding.address for finding in agreement.check(stack(complete=False))]
        self.assertEqual(["aws_lb_listener_rule"] * 2, addresses)


class Laptop(unittest.TestCase):
    def problems(self, **replaced: str) -> list[str]:
        roles = agreement.contract()["roles"]
        environment = {name: "x" for role in roles.values() for name in role["required"]} | {"TINTYPE_LISTEN": "0.0.0.0:8080"}
        environment |= json.loads(replaced.get("environment", "{}"))
        services = {role: {"image": f"tintype-{role}:dev", "environment": environment} for role in roles}
        files = {
            "docker-compose.yml": json.dumps({"services": services}),
            "docker/Dockerfile": "".join(f'ENTRYPOINT ["/usr/local/bin/tintype", "{role}"]\n' for role in roles)
            + 'HEALTHCHECK CMD ["/usr/local/bin/tintype", "healthcheck"]\n',
            "docker/haproxy.cfg": "uri /readyz \nuse_backend delivery if { path_beg /i/ }\n"
            "use_backend api if { path_beg /api/ }\n",
        }
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                file = Path(folder) / name
                file.parent.mkdir(exist_ok=True)
                file.write_text(replaced.get(name, text))
            return [finding.problem for finding in compose.check(Path(folder) / "docker-compose.yml")]

    def test_the_agreed_file_passes(self) -> None:
        self.assertEqual([], self.problems())

    def test_an_unknown_variable_another_port_and_another_path_are_found(self) -> None:
        self.assertEqual(5, len(self.problems(environment='{"TINTYPE_BUCKET": "b"}')))
        self.assertEqual(4, len(self.problems(environment='{"TINTYPE_LISTEN": "0.0.0.0:80"}')))
        self.assertEqual(3, len(self.problems(**{"docker/haproxy.cfg": ""})))
        self.assertEqual(6, len(self.problems(**{"docker/Dockerfile": ""})))

    def test_a_variable_that_the_program_does_not_know_is_found(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "default.toml"
            file.write_text('[web]\napi_url = ""\n')
            found = [finding.problem for finding in program.check(file)]
        self.assertFalse(any("TINTYPE_WEB_API_URL" in one for one in found))
        self.assertTrue(any("TINTYPE_QUEUE_URL" in one for one in found))


class Drift(unittest.TestCase):
    def changed(self, before: dict[str, Any], after: dict[str, Any], actions: list[str]) -> list[tuple[str, str, str]]:
        change = {"actions": actions, "before": before, "after": after, "after_unknown": {}}
        one = {"address": "aws_vpc.v", "type": "aws_vpc", "mode": "managed", "change": change}
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "plan.json"
            file.write_text(json.dumps({"resource_changes": [one]}))
            return list(drift.differences(file))

    def test_an_update_names_the_attribute_and_a_replacement_the_action(self) -> None:
        self.assertEqual([("aws_vpc.v", "aws_vpc", "a")], self.changed({"a": 1, "b": 1}, {"a": 2, "b": 1}, ["update"]))
        self.assertEqual([("aws_vpc.v", "aws_vpc", "delete-create")], self.changed({}, {}, ["delete", "create"]))
        self.assertEqual([], self.changed({"a": 1}, {"a": 1}, ["no-op"]))


class Checkov(unittest.TestCase):
    def problems(self, *failed: tuple[str, str], everything_known: bool) -> list[str]:
        checks = [{"check_id": identifier, "check_name": "", "resource": address} for identifier, address in failed]
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "report.json"
            file.write_text(json.dumps({"results": {"failed_checks": checks}}))
            return [finding.address for finding in checkov.check(file, everything_known=everything_known)]

    def test_an_exception_is_for_its_addresses_alone(self) -> None:
        logs, others = ("CKV_AWS_21", "module.logs.aws_s3_bucket.this"), ("CKV_AWS_21", "module.originals.aws_s3_bucket.this")
        self.assertEqual([others[1]], self.problems(logs, others, everything_known=False))

    def test_what_a_first_plan_does_not_know_is_decided_on_the_second(self) -> None:
        queue = ("CKV_AWS_27", "module.queue.aws_sqs_queue.this")
        self.assertEqual([], self.problems(queue, everything_known=False))
        self.assertEqual([queue[1]], self.problems(queue, everything_known=True))


if __name__ == "__main__":
    unittest.main()
