"""The parts of a forecaster: reading the fit, settling what is "auto", fitting networks, rolling them forward."""
