"""What every process needs: settings, logs and the way to the engine; knows nothing of ours."""
