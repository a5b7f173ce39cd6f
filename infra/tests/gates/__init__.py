"""What the plans and states of `infra/` must be like, beyond what Terraform itself checks.

One file a subject. Each check takes a `Stack` (a plan or a state) and yields findings; none changes anything.
"""
