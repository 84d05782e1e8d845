"""Pages to read: the student's and the class's."""

__all__ = ["class_report", "student_page"]
