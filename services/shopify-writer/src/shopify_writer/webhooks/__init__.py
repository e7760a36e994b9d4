"""What Shopify says by itself: taken at the door, kept, carried out.

- ``endpoint``   is it Shopify's, is it here already, and thank you
- ``inbox``      what was taken, durable, until it is carried out
- ``worker``     one after the other, again until it is done
- ``orders``     orders deleted or cancelled in Shopify
- ``erasing``    buyers' data erased because Shopify asks for it
- ``compliance``  requests that a person answers
- ``metrics``    what is counted
"""
