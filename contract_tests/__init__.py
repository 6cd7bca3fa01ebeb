"""The judge: says of any server of the governance API, rule by rule, whether it keeps the contract."""
