"""Argo Rollouts."""
