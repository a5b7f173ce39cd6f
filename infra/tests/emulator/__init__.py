"""A local AWS for this project's tests: moto's server with a thin layer before it.

Owns: what moto 5.2 lacks or forgets of the calls that `infra/` and the application make, one file a service under
`services/`. Refuses: to guess. A call that nobody answers is refused with 400 (so that no SDK repeats it for minutes)
and written to the list of gaps, which the gates want empty. IAM, networks, caches and quotas are not emulated.
"""
