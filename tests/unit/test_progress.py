"""Rate and time left of a send, from looks at its balance."""

import pytest

from publisher.progress import Look, Progress


def seen(*looks, window_s=10.0) -> Progress:
    progress = Progress(window_s)
    for look in looks:
        progress.add(Look(*look))
    return progress


@pytest.mark.parametrize("looks", [[], [(5.0, 10, 90)], [(5.0, 10, 90), (5.0, 20, 80)]])
def test_without_two_moments_nothing_is_told(looks) -> None:
    assert (seen(*looks).rate, seen(*looks).seconds_left) == (None, None)


def test_the_rate_is_what_ended_over_the_window_and_the_rest_follows_from_it() -> None:
    progress = seen((0.0, 0, 1000), (1.0, 100, 900), (2.0, 200, 800))
    assert (progress.rate, progress.seconds_left) == (100.0, 8.0)


def test_what_is_older_than_the_window_does_not_count() -> None:
    slow = [(float(at), at, 1000 - at) for at in range(60)]
    fast = [(60.0 + at, 60 + at * 50, 940 - at * 50) for at in range(11)]
    assert seen(*slow, *fast).rate == 50.0


def test_looks_farther_apart_than_the_window_still_tell_a_rate() -> None:
    assert seen((0.0, 0, 100), (60.0, 60, 40), (120.0, 90, 10)).rate == 0.5


def test_a_paused_send_has_no_rate_and_starts_anew_when_it_goes_on() -> None:
    before = [(0.0, 0, 1000), (1.0, 500, 500)]
    assert seen(*before, (2.0, 500, 500, False)).seconds_left is None
    progress = seen(*before, (2.0, 500, 500, False), (60.0, 500, 500), (61.0, 510, 490))
    assert (progress.rate, progress.seconds_left) == (10.0, 49.0)


def test_when_all_that_is_left_waits_for_a_retry_no_time_is_told() -> None:
    progress = seen((0.0, 0, 100), (1.0, 60, 0))
    assert (progress.rate, progress.seconds_left) == (60.0, None)


def test_a_server_that_defers_everything_ends_nothing_and_yet_the_queue_shrinks() -> None:
    progress = seen((0.0, 0, 100), (1.0, 0, 80))
    assert (progress.rate, progress.seconds_left) == (0.0, 4.0)


def test_a_send_that_stands_still_or_grows_has_no_time_left() -> None:
    assert seen((0.0, 5, 100), (9.0, 5, 100)).seconds_left is None
    assert seen((0.0, 5, 100), (9.0, 4, 101)).rate == 0.0
