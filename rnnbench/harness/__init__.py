"""Many runs: plan, skip, isolate, measure."""
