collect_ignore_glob = ["*"]  # measured by `make bench`, not by pytest
