"""All rules, in the order of reports and of the document."""

from ghpypi.core.verify.file_rules import FileRule
from ghpypi.core.verify.listing_rules import ListingRule
from ghpypi.core.verify.page_rules import PageRule
from ghpypi.core.verify.rules import VerifyRule

RULES: tuple[VerifyRule, ...] = (*PageRule, *ListingRule, *FileRule)
