"""Write HTML pages: one for each student, and the class report."""

__all__ = ["class_report", "student_page"]
