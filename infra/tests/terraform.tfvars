# What no environment says: a deployment names the image it has just built.
image = "asia-south1-docker.pkg.dev/mesh-test-000000/mesh/mesh@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
