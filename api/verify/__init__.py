"""The public page that a paper's QR code leads to: is it genuine, and does it still count?"""
