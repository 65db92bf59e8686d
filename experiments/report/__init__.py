"""The report of a trial: one page that answers, its pictures, and a table for the terminal."""




