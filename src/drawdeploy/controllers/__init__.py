"""Real manifests → the plans that their controllers will carry out."""
