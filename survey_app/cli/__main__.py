"""`python -m survey_app.cli`, what `.venv/bin/survey` runs; processes it starts read this again without running it."""

from survey_app.cli import main

if __name__ == "__main__":
    main()
