"""`python -m gates.bootstrap FOLDER`: the first step in an empty account, taken in the emulator, as an operator takes it.

Makes the stack of infra/bootstrap, and leaves in the folder what the next steps take from it: `backend.hcl` for
`terraform init`, `given.tfvars.json` with the boundary and the rest that an operator gives, and `boundary.json`, the boundary's
document.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path

import boto3

TEMPLATE = Path(__file__).parents[2] / "bootstrap" / "bootstrap.yml"
STACK = "tintype-bootstrap"
# All of it, so that what an operator of this checkout has in own.auto.tfvars is not read for an environment in the emulator.
GIVEN = {
    "region": os.environ["AWS_REGION"],
    "domain_name": "pictures.example.org",
    "zone_id": None,
    "alarm_emails": ["operator@example.org"],
    "release": "0.1.0",
}


def main(folder: Path) -> None:
    clouds = boto3.client("cloudformation", region_name=os.environ["AWS_REGION"])
    with warnings.catch_warnings():
        # Moto's CloudFormation knows neither bucket policies nor OIDC providers, and leaves them out with a warning.
        warnings.simplefilter("ignore")
        clouds.create_stack(
            StackName=STACK,
            TemplateBody=TEMPLATE.read_text(),
            Parameters=[{"ParameterKey": "Repository", "ParameterValue": "owner/name"}],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
    stack = clouds.describe_stacks(StackName=STACK)["Stacks"][0]
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise SystemExit(f"{STACK} is {stack['StackStatus']}: {stack.get('StackStatusReason', '')}")
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    (folder / "backend.hcl").write_text(f'bucket       = "{outputs["StateBucket"]}"\nuse_lockfile = true\n')
    boundary = outputs["WorkloadBoundary"]
    (folder / "given.tfvars.json").write_text(json.dumps({**GIVEN, "permissions_boundary": boundary}))
    iam = boto3.client("iam", region_name=os.environ["AWS_REGION"])
    version = iam.get_policy(PolicyArn=boundary)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=boundary, VersionId=version)["PolicyVersion"]["Document"]
    (folder / "boundary.json").write_text(json.dumps({"arn": boundary, "document": document}))
    print(f"{STACK}: {len(outputs)} outputs")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
