"""How many forms a rule asks of whom, in whole numbers: reads no tables, so that counting a round needs no pandas."""
