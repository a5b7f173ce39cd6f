# An example. Yours stand in own.auto.tfvars, which goes before this file.
domain_name = "staging.pictures.example.org"
release     = "0.1.0"
