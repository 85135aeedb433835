"""What each kind of tool is proposed as: rules from a survey to loops, one kind a module."""
