"""A log that nobody touched holds, for whoever verifies it; what is damaged is named."""

from support.sealed import SIZE, Sealed


def test_a_log_that_nobody_touched_holds(sealed: Sealed) -> None:
    report = sealed.verdict()

    assert report.findings.kept == []
    assert report.holds
    assert [(one.org, one.size, one.signed_size) for one in report.logs] == [(sealed.org, SIZE, SIZE)]
