"""The phases of a canary in Google Cloud Deploy, and how many pods each takes.

Source: Cloud Deploy documentation, "Canary deployments to GKE … using service-based networking".
"""

from __future__ import annotations

from drawdeploy.controllers.amounts import ceil_div


def canary_pods(replicas: int, percentage: int, *, overprovision: bool = True) -> int:
    """How many pods the canary's Deployment gets, so that it is that part of all pods.

    With overprovisioning they come on top of the replicas there are; without, canary and stable share them, and what is
    known of that is only that together they are no more than these.
    """
    percentage = max(0, min(100, percentage))
    if overprovision and percentage < 100:
        return ceil_div(percentage * replicas, 100 - percentage)
    return ceil_div(percentage * replicas, 100)


def stable_pods(replicas: int, percentage: int, *, overprovision: bool = True) -> int:
    """How many pods stay with the Deployment itself during that phase."""
    return replicas if overprovision else replicas - canary_pods(replicas, percentage, overprovision=False)
