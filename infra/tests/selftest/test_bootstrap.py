"""The bootstrap's roles and boundaries, made by the emulator's CloudFormation from the template, then put to the test."""

from __future__ import annotations

import json
import unittest
import warnings
from pathlib import Path

from gates.policy import permits, statements
from gates.tasks import contract

from .against_emulator import EmulatorTest

TEMPLATE = Path(__file__).parents[2] / "bootstrap" / "bootstrap.yml"
ACCOUNT = "123456789012"
WORKLOAD_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/tintype-workload-boundary"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


class Bootstrap(EmulatorTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        self = cls()
        # S3 buckets and KMS keys of the stack are moto's; it knows neither bucket policies nor OIDC providers of
        # CloudFormation, and leaves them out with a warning.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.client("cloudformation").create_stack(
                StackName="tintype-bootstrap",
                TemplateBody=TEMPLATE.read_text(),
                Parameters=[{"ParameterKey": "Repository", "ParameterValue": "owner/name"}],
                Capabilities=["CAPABILITY_NAMED_IAM"],
            )
        iam = self.client("iam")
        cls.boundary = self.managed(iam, f"arn:aws:iam::{ACCOUNT}:policy/tintype-deployment-boundary")
        cls.workload = self.managed(iam, WORKLOAD_BOUNDARY)
        # PowerUserAccess and what the template adds to it, as one: the boundary has to hold whatever is allowed.
        cls.everything = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        cls.trust = {
            name: iam.get_role(RoleName=f"tintype-deployment-{name}")["Role"] for name in ("plan", "staging", "production")
        }

    def managed(self, iam: object, arn: str) -> dict:
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
        return document if isinstance(document, dict) else json.loads(document)

    def may(self, action: str, resource: str, **context: str) -> bool:
        """A permission needs the boundary's consent as well as a policy's."""
        return permits([self.everything], action, resource, **context) and permits([self.boundary], action, resource, **context)

    def test_a_role_is_made_only_within_the_workload_boundary(self) -> None:
        within = {"iam:PermissionsBoundary": WORKLOAD_BOUNDARY}
        other = {"iam:PermissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/mine"}
        for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"):
            self.assertTrue(self.may(action, role("tintype-staging-api"), **within), action)
            self.assertFalse(self.may(action, role("tintype-staging-api"), **other), action)
            self.assertFalse(self.may(action, role("tintype-staging-api")), action)

    def test_the_deployment_cannot_free_itself(self) -> None:
        within = {"iam:PermissionsBoundary": WORKLOAD_BOUNDARY}
        own = role("tintype-deployment-staging")
        for action in (
            "iam:UpdateAssumeRolePolicy",
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            "iam:DeleteRolePermissionsBoundary",
        ):
            self.assertFalse(self.may(action, own, **within), action)
        self.assertFalse(self.may("iam:CreatePolicyVersion", WORKLOAD_BOUNDARY))
        self.assertFalse(self.may("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/x"))
        self.assertFalse(
            self.may("cloudformation:UpdateStack", f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/tintype-bootstrap/1")
        )
        self.assertTrue(self.may("iam:GetRole", own))

    def test_the_state_can_be_written_and_not_destroyed(self) -> None:
        bucket = f"arn:aws:s3:::tintype-state-{ACCOUNT}-eu-west-1"
        self.assertTrue(self.may("s3:PutObject", f"{bucket}/staging/terraform.tfstate"))
        self.assertTrue(self.may("s3:DeleteObject", f"{bucket}/staging/terraform.tfstate.tflock"))
        self.assertFalse(self.may("s3:DeleteObjectVersion", f"{bucket}/staging/terraform.tfstate"))
        self.assertFalse(self.may("s3:DeleteBucket", bucket))
        self.assertFalse(self.may("s3:PutBucketVersioning", bucket))

    def test_a_workload_reaches_neither_iam_nor_the_state(self) -> None:
        bucket = f"arn:aws:s3:::tintype-state-{ACCOUNT}-eu-west-1"
        self.assertTrue(permits([self.workload], "s3:GetObject", "arn:aws:s3:::tintype-staging-originals/a"))
        self.assertFalse(permits([self.workload], "s3:GetObject", f"{bucket}/staging/terraform.tfstate"))
        for action in (
            "iam:CreateRole",
            "iam:PutRolePolicy",
            "sts:AssumeRole",
            "secretsmanager:PutSecretValue",
            "kms:PutKeyPolicy",
        ):
            self.assertFalse(permits([self.workload], action, "*"), action)

    def test_the_workload_boundary_leaves_each_role_what_the_contract_gives_it(self) -> None:
        for name, agreed in contract()["roles"].items():
            for action in {action for grant in agreed["may"] for action in grant["actions"]}:
                self.assertTrue(permits([self.workload], action, "arn:aws:any:thing"), f"{name}: {action}")

    def test_each_role_is_bounded_and_taken_only_by_its_own_workflow(self) -> None:
        subjects = {"plan": "pull_request", "staging": "environment:staging", "production": "environment:production"}
        for name, found in self.trust.items():
            (trust,) = statements(found["AssumeRolePolicyDocument"])
            wanted = {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": f"repo:owner/name:{subjects[name]}",
            }
            self.assertEqual({"StringEquals": wanted}, trust.conditions)
            self.assertEqual(("sts:AssumeRoleWithWebIdentity",), trust.actions)
            boundary = found["PermissionsBoundary"]["PermissionsBoundaryArn"]
            self.assertEqual(f"arn:aws:iam::{ACCOUNT}:policy/tintype-deployment-boundary", boundary)


if __name__ == "__main__":
    unittest.main()
