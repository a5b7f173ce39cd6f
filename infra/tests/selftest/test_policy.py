"""The evaluator of IAM documents."""

from __future__ import annotations

import unittest

from gates.policy import admits, permits


def document(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action: object, resource: object, **more: object) -> dict:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object, **more: object) -> dict:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


OBJECT = "arn:aws:s3:::originals/a"


class Permits(unittest.TestCase):
    def test_nothing_is_permitted_by_default(self) -> None:
        self.assertFalse(permits([], "s3:GetObject", OBJECT))
        self.assertFalse(permits([document(allow("s3:PutObject", "*"))], "s3:GetObject", OBJECT))

    def test_a_bucket_is_not_its_objects(self) -> None:
        on_bucket = document(allow("s3:*", "arn:aws:s3:::originals"))
        self.assertFalse(permits([on_bucket], "s3:GetObject", OBJECT))
        self.assertTrue(permits([on_bucket], "s3:ListBucket", "arn:aws:s3:::originals"))

    def test_wildcards_match_in_actions_without_case_and_in_resources_with_it(self) -> None:
        self.assertTrue(permits([document(allow("S3:Get*", "arn:aws:s3:::originals/*"))], "s3:GetObject", OBJECT))
        self.assertFalse(permits([document(allow("s3:Get*", "arn:aws:s3:::Originals/*"))], "s3:GetObject", OBJECT))

    def test_brackets_are_no_wildcards(self) -> None:
        self.assertFalse(permits([document(allow("s3:GetObject", "arn:aws:s3:::originals/[a]"))], "s3:GetObject", OBJECT))

    def test_a_denial_wins_over_every_permission(self) -> None:
        both = [document(allow("s3:*", "*")), document(deny("s3:GetObject", "arn:aws:s3:::originals/*"))]
        self.assertFalse(permits(both, "s3:GetObject", OBJECT))
        self.assertTrue(permits(both, "s3:PutObject", OBJECT))

    def test_not_action_allows_all_others(self) -> None:
        others = document({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})
        self.assertTrue(permits([others], "s3:GetObject", OBJECT))
        self.assertFalse(permits([others], "iam:CreateUser", OBJECT))

    def test_a_condition_without_its_key_does_not_hold_but_for_if_exists(self) -> None:
        strict = document(allow("kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}))
        lenient = document(
            allow("kms:Decrypt", "*", Condition={"StringEqualsIfExists": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})
        )
        self.assertFalse(permits([strict], "kms:Decrypt", "k"))
        self.assertTrue(permits([strict], "kms:Decrypt", "k", **{"kms:ViaService": "s3.eu-west-1.amazonaws.com"}))
        self.assertTrue(permits([lenient], "kms:Decrypt", "k"))

    def test_an_unknown_operator_is_an_error_and_not_a_guess(self) -> None:
        strange = document(allow("s3:GetObject", "*", Condition={"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}))
        with self.assertRaises(ValueError):
            permits([strange], "s3:GetObject", OBJECT, **{"aws:CurrentTime": "2026-01-01"})


class Admits(unittest.TestCase):
    def test_only_those_named_are_admitted(self) -> None:
        key = document(allow("kms:Decrypt", "*", Principal={"AWS": ["arn:aws:iam::1:role/api"]}))
        self.assertTrue(admits(key, "arn:aws:iam::1:role/api", "kms:Decrypt", "k", {}))
        self.assertFalse(admits(key, "arn:aws:iam::1:role/web", "kms:Decrypt", "k", {}))
        self.assertFalse(admits(key, "arn:aws:iam::1:role/api", "kms:Encrypt", "k", {}))


if __name__ == "__main__":
    unittest.main()
