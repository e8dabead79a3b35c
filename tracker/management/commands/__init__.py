"""Commands of tracker."""
