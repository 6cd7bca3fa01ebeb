from benchmarks import growth


def test_every_operation_is_carried_out_and_timed() -> None:
    found = growth.grown((10,))
    assert {"create", "get", "delete", "search"} <= found.keys()
    assert all(costs["10"] > 0 for costs in found.values())
