"""Routers: weights of the Gateway API and Istio as the state of a picture, and the phases of Google Cloud Deploy."""
