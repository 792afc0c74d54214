"""Pictures: what stands where, its layout, a frame a step, and the fonts, icons and engines behind them."""
