"""What a person or a program is shown: functions of events, or of a finished run."""
