"""The same diary as a good Django REST framework developer would write it."""
